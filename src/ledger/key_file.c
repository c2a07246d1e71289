#include "ledger/key.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "ledger/dir.h"

/* Longer than any secret key of a name that is allowed. */
#define FILE_MAX 512

static int
check_file(int fd, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return err_sys(err, "cannot look at '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_set(
		    err, ERR_INPUT, "secret key '%s' is no file", path);
	if (st.st_uid != geteuid())
		return err_set(err, ERR_INPUT,
		    "secret key '%s' belongs to user %u, not to us (%u)", path,
		    st.st_uid, geteuid());
	if (st.st_mode & 077)
		return err_set(err, ERR_INPUT,
		    "secret key '%s' is open to others (mode %03o); 'chmod 600 "
		    "%s' closes it",
		    path, st.st_mode & 0777, path);
	return 0;
}

/* All of the file, without its line feed; at most FILE_MAX bytes. */
static int
read_line(int fd, const char *path, char *text, size_t *len, struct err *err)
{
	ssize_t n = 1;

	*len = 0;
	while (n && *len < FILE_MAX) {
		n = read(fd, text + *len, FILE_MAX - *len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, "cannot read '%s'", path);
		*len += (size_t)n;
	}
	if (*len && text[*len - 1] == '\n')
		--*len;
	if (n || memchr(text, '\n', *len))
		return err_set(err, ERR_INPUT,
		    "'%s': more than a secret key on a line", path);
	return 0;
}

struct signer *
signer_open(const char *path, struct err *err)
{
	struct signer *signer = NULL;
	char text[FILE_MAX];
	size_t len;
	/* Opening a pipe would wait for its writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0) {
		err_sys(err, "cannot open secret key '%s'", path);
		return NULL;
	}
	if (!check_file(fd, path, err) &&
	    !read_line(fd, path, text, &len, err)) {
		signer = signer_parse(slice_of(text, len), err);
		if (!signer)
			err_context(err, "'%s'", path);
	}
	OPENSSL_cleanse(text, sizeof(text));
	close(fd);
	return signer;
}

/* The name of a new file is on disk once its directory is. */
static int
sync_directory(const char *path, struct err *err)
{
	char *copy = xstrdup(path);
	int status = dir_sync(dirname(copy), err);

	free(copy);
	return status;
}

static int
write_synced(const char *path, struct slice text, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int status;

	if (fd < 0)
		return err_sys(err, "cannot create '%s'", path);
	status = dir_write(fd, path, text, err);
	if (!status && fsync(fd))
		status = err_sys(err, "cannot sync '%s'", path);
	if (close(fd) && !status)
		status = err_sys(err, "cannot write '%s'", path);
	return status;
}

/*
 * Beside it first: whoever is cut off leaves no half of a key under its name.
 * A file that is there already stays.
 */
static int
write_new(const char *path, struct slice text, struct err *err)
{
	size_t n = strlen(path);
	char *beside = xmalloc(n + sizeof(".new"));
	int status;

	memcpy(beside, path, n);
	memcpy(beside + n, ".new", sizeof(".new"));
	unlink(beside); /* of one that was cut off */
	status = write_synced(beside, text, err);
	if (!status && link(beside, path))
		status = err_sys(err, "cannot create '%s'", path);
	unlink(beside);
	free(beside);
	if (status)
		return -1;
	status = sync_directory(path, err);
	if (status)
		unlink(path);
	return status;
}

int
signer_create(const char *path, struct slice name, enum key_type type,
    struct key *key, struct err *err)
{
	unsigned char bytes[1 + KEY_SEED_LEN];
	char line[FILE_MAX];
	struct signer *signer;
	int status, len;

	if (!key_name_ok(name) || name.len > KEY_NAME_MAX)
		return err_set(err, ERR_USAGE,
		    "'" SLICE_FMT "' cannot be the name of a key: 1 to %d "
		    "bytes without blanks and '+'",
		    SLICE_ARG(name), KEY_NAME_MAX);
	bytes[0] = (unsigned char)type;
	if (getrandom(bytes + 1, KEY_SEED_LEN, 0) != KEY_SEED_LEN)
		return err_sys(err, "no random bytes");
	signer = signer_new(name, type, bytes + 1);
	*key = *signer_key(signer);
	signer_free(signer);
	len = snprintf(
	    line, sizeof(line), "PRIVATE+KEY+%s+%08x+", key->name, key->id);
	base64_write(line + len, bytes, sizeof(bytes));
	len += (int)base64_size(sizeof(bytes));
	line[len++] = '\n';
	status = write_new(path, slice_of(line, (size_t)len), err);
	OPENSSL_cleanse(line, sizeof(line));
	OPENSSL_cleanse(bytes, sizeof(bytes));
	return status;
}
