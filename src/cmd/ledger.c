#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/ledger_cosign.h"

const char cmd_ledger_help[] =
    "usage: firn ledger cosign DIR --policy FILE\n"
    "\n"
    "Works on a ledger.\n"
    "\n"
    "  cosign  asks witnesses to cosign its newest checkpoint, and keeps that "
    "with\n"
    "          their cosignatures in DIR/cosigned\n"
    "\n"
    "  --policy FILE  of cosign: who the witnesses are, where, and how many of "
    "them\n"
    "                 are wanted (C2SP tlog-policy)\n"
    "\n"
    "example:\n"
    "  firn ledger cosign contoso-eu --policy policy\n"
    "\n"
    "exit codes: 0 fine, 1 the policy is not satisfied, 2 wrong usage or no\n"
    "answer possible\n";

int
cmd_ledger(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (!strcmp(name, "--help") || !strcmp(name, "-h")) {
		fputs(cmd_ledger_help, stdout);
		return 0;
	}
	if (!strcmp(name, "cosign"))
		return ledger_cosign(argc - 1, argv + 1);
	fputs("firn: ledger: cosign? 'firn ledger --help' says more\n", stderr);
	return 2;
}
