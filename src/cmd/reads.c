#include "cmd/reads.h"

#include <pwd.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "cmd/writer.h"
#include "ledger/head.h"
#include "json/build.h"
#include "json/json.h"

/* For a process that writes and does not answer. */
#define PATIENCE_MS 10000

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
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	json_text(out, "at",
	    time_format(
	        (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000, room));
}

static void
print(struct buf *out, const struct read_asked *asked)
{
	size_t mark = json_open(out, NULL, '{'), list;
	uid_t login;

	json_cstr(out, "by", asked->command);
	json_key(out, "query");
	json_add_str(out, asked->query);
	list = json_open(out, "tenants", '[');
	for (size_t i = 0; i < asked->tenant_count; i++)
		json_text(out, NULL, asked->tenants[i]);
	json_close(out, list);
	json_text(out, "purpose", asked->purpose);
	add_user(out, "user", getuid());
	if (find_login(&login))
		add_user(out, "login", login);
	add_now(out);
	json_close(out, mark);
}

static int
record(const char *dir, struct slice raw, struct err *err)
{
	const struct writer_options how = {
	    .dir = dir, .patience_ms = PATIENCE_MS};
	const struct ledger_own own = {.stream = SLICE("read"), .raw = raw};
	struct append *append = NULL;
	uint64_t index;
	int status = writer_open(&append, &how, err);

	if (!status)
		status = append_own(append, &own, &index, err);
	writer_close(append);
	return status;
}

void
reads_record(const char *dir, const struct read_asked *asked)
{
	struct buf raw = {0};
	struct err err = {0};

	/* Of what is no ledger nothing will be shown. */
	if (head_is(dir, NULL))
		return;
	print(&raw, asked);
	if (record(dir, buf_slice(&raw), &err))
		fprintf(stderr,
		    "firn: this read is not recorded in the ledger: %s\n",
		    err.msg);
	buf_release(&raw);
}
