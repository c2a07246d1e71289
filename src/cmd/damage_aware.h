#ifndef CMD_DAMAGE_AWARE_H
#define CMD_DAMAGE_AWARE_H

/*
 * damage_aware - `firn damage aware DIR --at TIME --by NAME [--within 72h]`:
 * records in the ledger since when a breach is known.  argv[0] is "aware"; what
 * is returned is the exit code.
 */
int damage_aware(int argc, char **argv);

#endif
