#ifndef SIM_SERVE_CONTROL_H
#define SIM_SERVE_CONTROL_H

#include "base/err.h"

struct serve;

/*
 * serve_control - what those who practise ask of the simulator itself, under
 * /sim/, and the files that tell them how to begin.
 */
void control_add(struct serve *serve);

/* Writes tenants.json, and then `address`: whoever sees it can begin. */
int control_tell(struct serve *serve, struct err *err);

#endif
