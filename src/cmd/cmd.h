#ifndef CMD_CMD_H
#define CMD_CMD_H

/*
 * cmd - the commands, one file each: the only code that talks to a terminal.
 *
 * argv[0] is the command's name.  What is returned is the exit code: 0 fine, 1
 * the answer is bad, 2 wrong usage or no answer possible.
 */
int cmd_scan(int argc, char **argv);
int cmd_rules(int argc, char **argv);
int cmd_init(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_prove(int argc, char **argv);
int cmd_verify_proof(int argc, char **argv);
int cmd_damage(int argc, char **argv);
int cmd_coverage(int argc, char **argv);
int cmd_sql(int argc, char **argv);
int cmd_search(int argc, char **argv);
int cmd_keys(int argc, char **argv);
int cmd_ledger(int argc, char **argv);
int cmd_witness(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_check_config(int argc, char **argv);
int cmd_check(int argc, char **argv);

extern const char cmd_scan_help[];
extern const char cmd_rules_help[];
extern const char cmd_init_help[];
extern const char cmd_import_help[];
extern const char cmd_verify_help[];
extern const char cmd_prove_help[];
extern const char cmd_verify_proof_help[];
extern const char cmd_damage_help[];
extern const char cmd_coverage_help[];
extern const char cmd_sql_help[];
extern const char cmd_search_help[];
extern const char cmd_keys_help[];
extern const char cmd_ledger_help[];
extern const char cmd_witness_help[];
extern const char cmd_run_help[];
extern const char cmd_status_help[];
extern const char cmd_check_config_help[];
extern const char cmd_check_help[];

#endif
