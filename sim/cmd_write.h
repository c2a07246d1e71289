#ifndef SIM_CMD_WRITE_H
#define SIM_CMD_WRITE_H

/* firn-sim write.  Returns the exit code: 0 fine, 2 wrong usage or no answer
 * possible. */
int cmd_write(int argc, char **argv);

#endif
