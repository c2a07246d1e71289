#ifndef CMD_DAMAGE_CLOSE_H
#define CMD_DAMAGE_CLOSE_H

/*
 * damage_close - `firn damage close DIR --case N --by NAME [--why TEXT]`:
 * records in the ledger that an assessment is not followed any more.  argv[0]
 * is "close"; what is returned is the exit code.
 */
int damage_close(int argc, char **argv);

#endif
