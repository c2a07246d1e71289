#include <stdio.h>
#include <string.h>

#include "cmd_serve.h"
#include "cmd_write.h"

struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
    {"serve", "serve tenants that live, as the suite's interfaces do",
        cmd_serve},
    {"write", "write a folder of logs with attacks hidden in them", cmd_write},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void
usage(FILE *to)
{
	fputs("firn-sim: a made-up tenant to practise on\n\n"
	      "usage: firn-sim COMMAND [options]\n\n",
	    to);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(
		    to, "  %-8s %s\n", commands[i].name, commands[i].summary);
	fputs("\nfirn-sim COMMAND --help tells more.\n", to);
}

int
main(int argc, char **argv)
{
	if (argc > 1 &&
	    (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		usage(stdout);
		return 0;
	}
	for (size_t i = 0; argc > 1 && i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	if (argc > 1)
		fprintf(stderr, "firn-sim: no command '%s'\n", argv[1]);
	usage(stderr);
	return 2;
}
