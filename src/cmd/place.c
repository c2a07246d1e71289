#include "cmd/place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/dir.h"
#include "ledger/key.h"

/* $<variable>/firn, or $HOME/<otherwise>/firn. */
static char *
folder(const char *variable, const char *otherwise, struct err *err)
{
	const char *base = getenv(variable), *home = getenv("HOME");
	char *path = NULL;
	int n;

	if (base && base[0] == '/') {
		n = asprintf(&path, "%s/firn", base);
	} else if (home && home[0] == '/') {
		n = asprintf(&path, "%s/%s/firn", home, otherwise);
	} else {
		err_set(
		    err, ERR_USAGE, "neither $%s nor $HOME is set", variable);
		return NULL;
	}
	if (n < 0)
		abort();
	if (dir_make(path, err)) {
		free(path);
		return NULL;
	}
	return path;
}

char *
place_state(struct err *err)
{
	return folder("XDG_STATE_HOME", ".local/state", err);
}

char *
place_key(struct slice origin, struct err *err)
{
	char *dir = folder("XDG_CONFIG_HOME", ".config", err), *path = NULL;

	if (!dir)
		return NULL;
	if (asprintf(&path, "%s/%.*s.key", dir, (int)origin.len, origin.ptr) <
	    0)
		abort();
	for (char *p = path + strlen(dir) + 1; *p; p++)
		if (*p == '/')
			*p = '-';
	free(dir);
	return path;
}

int
place_new_key(const char *path, const char *origin, struct err *err)
{
	struct signer *signer;
	struct key key;
	int status = 0;

	if (access(path, F_OK) && errno == ENOENT)
		return signer_create(
		    path, slice_cstr(origin), KEY_ED25519, &key, err);
	signer = signer_open(path, err);
	if (!signer)
		return -1;
	if (strcmp(signer_key(signer)->name, origin) != 0)
		status = err_set(err, ERR_USAGE,
		    "the key in '%s' is of '%s', not of '%s'", path,
		    signer_key(signer)->name, origin);
	signer_free(signer);
	return status;
}

void
place_tell_cut(uint64_t bytes)
{
	if (bytes)
		fprintf(stderr,
		    "firn: %ju bytes of a write that was cut off were removed; "
		    "none of it had been acknowledged\n",
		    (uintmax_t)bytes);
}

char *
place_origin(const char *dir, struct err *err)
{
	char line[KEY_NAME_MAX + 2], *path = NULL, *origin = NULL;
	FILE *file;

	if (asprintf(&path, "%s/origin", dir) < 0)
		abort();
	file = fopen(path, "re");
	if (!file) {
		err_set(err, ERR_USAGE,
		    "'%s' is no ledger: it has no file 'origin' (firn init "
		    "makes one)",
		    dir);
	} else if (!fgets(line, sizeof(line), file) ||
	           line[strcspn(line, "\n")] != '\n') {
		err_set(err, ERR_CORRUPT, "'%s' is not one line", path);
	} else {
		line[strcspn(line, "\n")] = '\0';
		origin = strdup(line);
	}
	if (file)
		fclose(file);
	free(path);
	return origin;
}
