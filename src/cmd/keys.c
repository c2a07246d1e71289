#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "ledger/key.h"

const char cmd_keys_help[] =
    "usage: firn keys new FILE --name NAME [--cosigner]\n"
    "       firn keys show PATH\n"
    "\n"
    "Makes and shows the keys that sign a ledger's checkpoints.\n"
    "\n"
    "  new   makes a secret key in a new file that only you may read, and "
    "prints\n"
    "        its verifier key, which others check signatures with\n"
    "  show  prints the verifier key of a secret key, or, of a ledger's "
    "folder,\n"
    "        those in its keys.pub, newest last\n"
    "\n"
    "  --name NAME  of new: whose key it is; for a ledger its origin, such as\n"
    "               firn.example.com/contoso-eu; no blanks and no '+'\n"
    "  --cosigner   of new: a key for a witness, who cosigns the checkpoints "
    "of\n"
    "               others\n"
    "\n"
    "examples:\n"
    "  firn keys new ~/.config/firn/key --name firn.example.com/contoso-eu\n"
    "  firn keys show ~/.config/firn/key\n"
    "\n"
    "exit codes: 0 fine, 2 wrong usage, or no key could be made or read\n";

/* keys.pub is a line a key; there are few. */
#define KEYS_LINE_MAX 4096

struct keys_args {
	const char *name;
	bool cosigner;
	const char *words[2]; /* the verb and a path */
	size_t count;
	bool help;
};

static void
print_key(const struct key *key)
{
	struct buf out = {0};

	key_print(&out, key);
	buf_char(&out, '\n');
	fwrite(out.ptr, 1, out.len, stdout);
	buf_release(&out);
}

static int
new_key(const struct keys_args *args, struct err *err)
{
	struct key key;

	if (!args->name)
		return err_set(
		    err, ERR_USAGE, "'keys new' wants --name: whose key it is");
	if (signer_create(args->words[1], slice_cstr(args->name),
	        args->cosigner ? KEY_COSIGNER : KEY_ED25519, &key, err))
		return -1;
	print_key(&key);
	return 0;
}

/* Prints the keys as they stand there, once each is known to be one. */
static int
show_lines(FILE *file, const char *path, struct err *err)
{
	char line[KEYS_LINE_MAX];
	struct key key;

	for (unsigned number = 1; fgets(line, sizeof(line), file); number++) {
		struct slice text = slice_cstr(line);

		if (text.len && text.ptr[text.len - 1] == '\n')
			text.len--;
		if (key_parse(text, &key, err))
			return err_context(err, "%s:%u", path, number);
		printf("%.*s\n", (int)text.len, text.ptr);
	}
	return ferror(file) ? err_sys(err, "cannot read '%s'", path) : 0;
}

static int
show_folder(const char *dir, struct err *err)
{
	char *path = NULL;
	FILE *file;
	int status;

	if (asprintf(&path, "%s/keys.pub", dir) < 0)
		abort();
	file = fopen(path, "re");
	if (file) {
		status = show_lines(file, path, err);
		fclose(file);
	} else {
		status = err_sys(err, "cannot open '%s'", path);
	}
	free(path);
	return status;
}

static int
show_keys(const struct keys_args *args, struct err *err)
{
	const char *path = args->words[1];
	struct signer *signer;
	struct stat st;

	if (args->name || args->cosigner)
		return err_set(err, ERR_USAGE, "--%s does not go with 'show'",
		    args->name ? "name" : "cosigner");
	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		return show_folder(path, err);
	signer = signer_open(path, err);
	if (!signer)
		return -1;
	print_key(signer_key(signer));
	signer_free(signer);
	return 0;
}

/* --- the command --- */

enum option_id {
	OPT_NAME = 256,
	OPT_COSIGNER,
};

static const struct option options[] = {
    {"name", required_argument, NULL, OPT_NAME},
    {"cosigner", no_argument, NULL, OPT_COSIGNER},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static int
add_word(struct keys_args *args, const char *word, struct err *err)
{
	if (args->count == 2)
		return err_set(err, ERR_USAGE,
		    "'%s' is too much; 'firn keys --help' says more", word);
	args->words[args->count++] = word;
	return 0;
}

static int
set_option(int id, const char *value, void *to, struct err *err)
{
	struct keys_args *args = to;

	(void)err;
	if (id == OPT_NAME)
		args->name = value;
	else if (id == OPT_COSIGNER)
		args->cosigner = true;
	else
		args->help = true;
	return 0;
}

static int
parse(int argc, char **argv, struct keys_args *args, struct err *err)
{
	int first = options_read(argc, argv, options, set_option, args, err);

	if (first < 0)
		return -1;
	while (first < argc)
		if (add_word(args, argv[first++], err))
			return -1;
	return 0;
}

static int
run(const struct keys_args *args, struct err *err)
{
	const char *verb = args->count ? args->words[0] : "";
	bool new = !strcmp(verb, "new");

	if (!new &&strcmp(verb, "show") != 0)
		return err_set(err, ERR_USAGE,
		    "keys: new or show? 'firn keys --help' says more");
	if (args->count < 2)
		return err_set(err, ERR_USAGE,
		    "'keys %s' wants a %s; 'firn keys --help' says more", verb,
		    new ? "file" : "path");
	if (new ? new_key(args, err) : show_keys(args, err))
		return -1;
	return fflush(stdout) ? err_sys(err, "cannot write") : 0;
}

int
cmd_keys(int argc, char **argv)
{
	struct keys_args args = {0};
	struct err err = {0};
	int status = parse(argc, argv, &args, &err);

	if (!status && args.help)
		fputs(cmd_keys_help, stdout);
	else if (!status)
		status = run(&args, &err);
	if (err.code)
		fprintf(stderr, "firn: %s\n", err.msg);
	return status ? 2 : 0;
}
