#include "base/confine.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Debian 12's header describes the interface up to version 3; kernels know
 * more.  The struct of later versions is longer, and only its beginning is
 * given to a kernel that is older.
 */
struct ruleset {
	uint64_t files, net, scoped;
};

#define FILES_1    0x1fffu /* all of version 1 */
#define FILE_REFER LANDLOCK_ACCESS_FS_REFER
#define FILE_TRUNC (1u << 14) /* version 3 */
#define NET_ALL    3u         /* bind, connect by TCP: version 4 */
#define FILE_IOCTL (1u << 15) /* of devices: version 5 */
#define SCOPED_ALL 3u         /* abstract sockets, signals: version 6 */

static struct ruleset
ruleset_of(long version, size_t *size)
{
	struct ruleset rules = {.files = FILES_1};

	*size = sizeof(rules.files);
	if (version >= 2)
		rules.files |= FILE_REFER;
	if (version >= 3)
		rules.files |= FILE_TRUNC;
	if (version >= 4) {
		rules.net = NET_ALL;
		*size += sizeof(rules.net);
	}
	if (version >= 5)
		rules.files |= FILE_IOCTL;
	if (version >= 6) {
		rules.scoped = SCOPED_ALL;
		*size += sizeof(rules.scoped);
	}
	return rules;
}

static int
add_folder(int rules, const char *dir)
{
	struct landlock_path_beneath_attr beneath = {
	    .allowed_access =
	        LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
	    .parent_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC)};
	long status;

	if (beneath.parent_fd < 0)
		return -1;
	status = syscall(SYS_landlock_add_rule, rules,
	    LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
	close(beneath.parent_fd);
	return status ? -1 : 0;
}

static bool
is_only_thread(void)
{
	DIR *dir = opendir("/proc/self/task");
	unsigned count = 0;

	for (struct dirent *entry; dir && (entry = readdir(dir));)
		count += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return count == 1;
}

int
confine(const char *dir, unsigned cpu_seconds, struct err *err)
{
	const struct rlimit time = {cpu_seconds, cpu_seconds + 5u};
	const struct rlimit none = {0, 0};
	struct ruleset attr;
	size_t size;
	long version, rules;
	int status = 0;

	if (setrlimit(RLIMIT_CPU, &time) || setrlimit(RLIMIT_CORE, &none) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return err_sys(err, "cannot limit the query");
	if (!is_only_thread())
		return err_set(err, ERR_SYSTEM,
		    "cannot confine the query: it has threads already");
	version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	if (version < 1)
		return err_sys(err,
		    "this kernel has no Landlock, without which a query could "
		    "write files");
	attr = ruleset_of(version, &size);
	rules = syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	if (rules < 0)
		return err_sys(err, "cannot confine the query");
	if (add_folder((int)rules, dir) ||
	    syscall(SYS_landlock_restrict_self, (int)rules, 0))
		status = err_sys(err, "cannot confine the query");
	close((int)rules);
	return status;
}
