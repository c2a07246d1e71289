#ifndef CMD_RUN_UPKEEP_H
#define CMD_RUN_UPKEEP_H

#include "cmd/run_config.h"
#include "coverage/habit.h"

/*
 * run_upkeep - what a running service does now and then, in a thread of its
 * own: asks the ledger's witnesses every minute, if it keeps a policy that
 * names them; and once a day whether its tenants still give what firn needs
 * (cmd/check_m365.h).  A change of that is a record, firn/check.
 */
struct run_upkeep;

struct run_upkeep *
run_upkeep_start(const struct run_config *config, struct hub *hub);

/* Does not begin anything more, and waits for what is under way. */
void run_upkeep_stop(struct run_upkeep *upkeep);

struct run_witnesses {
	bool policed; /* there is a policy */
	bool enough;  /* it is satisfied */
	size_t count, witnesses;
	int64_t time_us; /* of the newest cosignature; EVENT_NO_TIME */
};

/* As they were after the last time they were asked; any thread. */
void run_upkeep_witnesses(
    struct run_upkeep *upkeep, struct run_witnesses *witnesses);

#endif
