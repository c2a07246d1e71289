#ifndef SIM_CMD_SERVE_H
#define SIM_CMD_SERVE_H

/* firn-sim serve.  Returns the exit code: 0 fine, 2 wrong usage or failed. */
int cmd_serve(int argc, char **argv);

#endif
