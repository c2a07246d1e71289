#include "cmd/who.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "base/time.h"
#include "json/build.h"

static void
add_user(struct buf *out, const char *key, uid_t uid)
{
	const struct passwd *user = getpwuid(uid); /* NOLINT(*-mt-unsafe) */
	size_t mark = json_open(out, key, '{');

	json_u64(out, "uid", uid);
	if (user)
		json_cstr(out, "name", user->pw_name);
	json_close(out, mark);
}

/* Who has logged in, whoever he has become since; false if nobody knows. */
static bool
find_login(uid_t *uid)
{
	FILE *file = fopen("/proc/self/loginuid", "re");
	char line[32] = "";
	uint64_t number;
	bool known;

	if (!file)
		return false;
	known = fgets(line, sizeof(line), file) &&
	        slice_to_u64(slice_cstr(line), &number) && number < UINT32_MAX;
	if (known)
		*uid = (uid_t)number;
	fclose(file);
	return known;
}

static void
add_now(struct buf *out)
{
	char room[TIME_TEXT_MAX];

	json_text(out, "at", time_format(time_now_us(), room));
}

void
who_add(struct buf *out)
{
	uid_t login;

	add_user(out, "user", getuid());
	if (find_login(&login))
		add_user(out, "login", login);
	add_now(out);
}
