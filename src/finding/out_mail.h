#ifndef FINDING_OUT_MAIL_H
#define FINDING_OUT_MAIL_H

#include "finding/output.h"

/*
 * out_mail - findings as a message of RFC 5322 for people.
 *
 * It names level, title, time, who and from where, and how to look a finding
 * up; the record itself stays in the ledger.  What records say goes nowhere but
 * into the subject, encoded, and the body, where it cannot end a line.
 */
struct json_parser;

struct mail_head {
	const char *from;
	const char *const *to;
	size_t to_count;
	const char *host; /* of the message's id */
	int64_t time_us;
};

/* Lines end in a line feed alone, as commands like sendmail want it. */
void mail_write(struct buf *out, const struct mail_head *head,
    const struct output_item *items, size_t n, struct json_parser *parser);

/* An address and nothing else: ASCII, one @, nothing that has a meaning. */
bool mail_address_ok(const char *address);

/*
 * What a command's exit status (mail_helper.h) means: sysexits.h.  Sent is 0;
 * what says something about the machine, or that it may pass, is tried again;
 * what is about the message or the people it is for is refused.
 */
enum output_end mail_judge(int status);

#endif
