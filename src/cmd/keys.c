#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/cmd.h"
#include "cmd/keys_rotate.h"
#include "cmd/options.h"
#include "ledger/key.h"

const char cmd_keys_help[] =
    "usage: firn keys new FILE --name NAME [--cosigner]\n"
    "       firn keys show PATH\n"
    "       firn keys rotate DIR --new FILE [--key FILE]\n"
    "\n"
    "Makes, shows and changes the keys that sign a ledger's checkpoints.\n"
    "\n"
    "  new     makes a secret key in a new file that only you may read, and "
    "prints\n"
    "          its verifier key, which others check signatures with\n"
    "  show    prints the verifier key of a secret key, or, of a ledger's "
    "folder,\n"
    "          those in its keys.pub, newest last\n"
    "  rotate  lets another key sign for the ledger in DIR from now on; a "
    "record in\n"
    "          it, which both keys sign, says so: who knows the old key can "
    "follow\n"
    "\n"
    "  --name NAME  of new: whose key it is; for a ledger its origin, such as\n"
    "               firn.example.com/contoso-eu; no blanks and no '+'\n"
    "  --cosigner   of new: a key for a witness, who cosigns the checkpoints "
    "of\n"
    "               others\n"
    "  --new FILE   of rotate: the secret key that signs from now on; made if "
    "it is\n"
    "               not there\n"
    "  --key FILE   of rotate: the secret key that signs until now (default:\n"
    "               $XDG_CONFIG_HOME/firn/<origin>.key)\n"
    "\n"
    "examples:\n"
    "  firn keys new ~/.config/firn/key --name firn.example.com/contoso-eu\n"
    "  firn keys show ~/.config/firn/key\n"
    "  firn keys rotate /srv/ledger --new ~/.config/firn/key.2027\n"
    "\n"
    "exit codes: 0 fine, 2 wrong usage, or no key could be made, read or "
    "changed\n";

/* keys.pub is a line a key; there are few. */
#define KEYS_LINE_MAX 4096

struct keys_args {
	const char *name, *key, *new;
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
	OPT_KEY,
	OPT_NEW,
};

static const struct option options[] = {
    {"name", required_argument, NULL, OPT_NAME},
    {"cosigner", no_argument, NULL, OPT_COSIGNER},
    {"key", required_argument, NULL, OPT_KEY},
    {"new", required_argument, NULL, OPT_NEW},
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
	switch (id) {
	case OPT_NAME:
		args->name = value;
		break;
	case OPT_COSIGNER:
		args->cosigner = true;
		break;
	case OPT_KEY:
		args->key = value;
		break;
	case OPT_NEW:
		args->new = value;
		break;
	default:
		args->help = true;
	}
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
rotate(const struct keys_args *args, struct err *err)
{
	if (!args->new)
		return err_set(err, ERR_USAGE,
		    "'keys rotate' wants --new: the file of the key that signs "
		    "from now on");
	return keys_rotate(args->words[1], args->key, args->new, err);
}

static const struct verb {
	const char *name, *wants;
	int (*run)(const struct keys_args *args, struct err *err);
	bool makes, rotates; /* which options it has */
} verbs[] = {
    {"new", "file", new_key, true, false},
    {"show", "path", show_keys, false, false},
    {"rotate", "ledger's folder", rotate, false, true},
};

/* The first option that does not go with the verb; NULL: all do. */
static const char *
strange_option(const struct verb *verb, const struct keys_args *args)
{
	if (!verb->makes && (args->name || args->cosigner))
		return args->name ? "name" : "cosigner";
	if (!verb->rotates && (args->key || args->new))
		return args->key ? "key" : "new";
	return NULL;
}

static int
run(const struct keys_args *args, struct err *err)
{
	const struct verb *verb = NULL;
	const char *strange;

	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (args->count && !strcmp(args->words[0], verbs[i].name))
			verb = &verbs[i];
	if (!verb)
		return err_set(err, ERR_USAGE,
		    "keys: new, show or rotate? 'firn keys --help' says more");
	if (args->count < 2)
		return err_set(err, ERR_USAGE,
		    "'keys %s' wants a %s; 'firn keys --help' says more",
		    verb->name, verb->wants);
	strange = strange_option(verb, args);
	if (strange)
		return err_set(err, ERR_USAGE,
		    "--%s does not go with 'keys %s'", strange, verb->name);
	if (verb->run(args, err))
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
