#include <stdio.h>
#include <string.h>

#include "base/version.h"
#include "cmd/cmd.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
	const char *help;
} commands[] = {
    {"scan", cmd_scan, "find what looks wrong in exported activity logs",
        cmd_scan_help},
    {"rules", cmd_rules, "check, test, match and explain detection rules",
        cmd_rules_help},
    {"run", cmd_run, "collect a tenant's records as they come", cmd_run_help},
    {"status", cmd_status, "how a running firn is", cmd_status_help},
    {"check-config", cmd_check_config, "check a configuration of firn run",
        cmd_check_config_help},
    {"check", cmd_check, "what a tenant lacks for firn's questions",
        cmd_check_help},
    {"init", cmd_init, "make a ledger", cmd_init_help},
    {"import", cmd_import, "take exported logs into a ledger", cmd_import_help},
    {"verify", cmd_verify, "check a ledger", cmd_verify_help},
    {"prove", cmd_prove, "prove that a ledger holds a record", cmd_prove_help},
    {"verify-proof", cmd_verify_proof, "check such a proof, without a ledger",
        cmd_verify_proof_help},
    {"ledger", cmd_ledger, "publish a ledger, have it cosigned, count it",
        cmd_ledger_help},
    {"damage", cmd_damage,
        "what an intruder reached, and whether it has stopped",
        cmd_damage_help},
    {"coverage", cmd_coverage,
        "what a ledger's sources gave, and what is missing", cmd_coverage_help},
    {"search", cmd_search, "find records of a ledger", cmd_search_help},
    {"sql", cmd_sql, "ask a ledger in SQL", cmd_sql_help},
    {"keys", cmd_keys, "make and show the keys that sign a ledger",
        cmd_keys_help},
    {"witness", cmd_witness, "cosign the checkpoints of others' logs",
        cmd_witness_help},
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void
usage(FILE *out)
{
	fputs("usage: firn COMMAND [options] ...\n"
	      "\n"
	      "firn tells a customer of a productivity suite, from the suite's "
	      "own\n"
	      "activity records, what happened, what looks wrong, and what "
	      "cannot be seen.\n"
	      "\n",
	    out);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(
		    out, "  %-12s %s\n", commands[i].name, commands[i].summary);
	fputs("\n"
	      "examples:\n"
	      "  firn scan AuditLog.csv          what an export holds\n"
	      "  firn scan exports/ --level high only what matters most\n"
	      "  firn rules list                 what is looked for\n"
	      "\n"
	      "'firn COMMAND --help' says more; 'firn --version' the version.\n"
	      "Exit codes: 0 fine, 1 the answer is bad, 2 wrong usage or no "
	      "answer.\n",
	    out);
}

int
main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (!strcmp(name, "--help") || !strcmp(name, "-h") ||
	    (!strcmp(name, "help") && argc == 2)) {
		usage(stdout);
		return 0;
	}
	if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
		printf("firn %s\n", FIRN_VERSION);
		return 0;
	}
	if (!strcmp(name, "help"))
		name = argv[2];
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(name, commands[i].name) != 0)
			continue;
		if (!strcmp(argv[1], "help")) {
			fputs(commands[i].help, stdout);
			return 0;
		}
		return commands[i].run(argc - 1, argv + 1);
	}
	if (*name)
		fprintf(stderr,
		    "firn: no command '%s'; 'firn --help' lists them\n", name);
	else
		usage(stderr);
	return 2;
}
