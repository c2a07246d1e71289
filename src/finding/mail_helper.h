#ifndef FINDING_MAIL_HELPER_H
#define FINDING_MAIL_HELPER_H

#include <stdatomic.h>

#include "base/buf.h"
#include "text/config.h"

/*
 * mail_helper - a process that starts the commands which send mail, so that
 * the one that collects need not be able to start any.
 *
 * It is forked when there is one thread still, before rights are given up, and
 * knows then which commands it may be asked for: no others, whatever becomes of
 * the process that asks.  A command gets a message on its standard input, and
 * two minutes.  The helper ends when its end of the socket closes, but not in
 * the middle of a message.
 *
 * Sending may be called by several threads; they take turns.
 */
struct mail_helper;

#define MAIL_HELPER_MESSAGE_MAX (64u << 20)

/* A command as the shell would say it in status: 128 + signal, 127, ... */
#define MAIL_HELPER_TOO_LATE 256

/* `commands` are copied by the fork, and borrowed for mail_helper_find(). */
int mail_helper_start(struct mail_helper **out,
    const struct config_texts *commands, size_t count, struct err *err);

/* The number of the command; count if it is none of them. */
bool mail_helper_find(const struct mail_helper *helper,
    const struct config_texts *command, size_t *number);

/*
 * Gives the message to the command.  0 if that is over: *status is its exit
 * status, or MAIL_HELPER_TOO_LATE, and what it said on standard error is added
 * to `said`.  -1 if it is not known what became of it: the helper is gone, or
 * `stop` was set.
 */
struct mail_helper_result {
	int status;
	struct buf said;
};
int mail_helper_send(struct mail_helper *helper, size_t command,
    struct slice message, const atomic_bool *stop,
    struct mail_helper_result *result, struct err *err);

/* Does not wait for a message that is under way.  NULL is allowed. */
void mail_helper_close(struct mail_helper *helper);

#endif
