#ifndef LEDGER_CHANGE_H
#define LEDGER_CHANGE_H

#include "ledger/note.h"

/*
 * change - that a log goes on with another key, or under another name: the raw
 * bytes of a record of the source firn/key or firn/succession.  A signed note:
 *
 *	firn-key/1				firn-succession/1
 *	origin <name of the log>		origin <its new name>
 *	size <records before this one>		size <...>
 *	old <verifier key that signed last>	old <... under the old name>
 *	new <verifier key that signs from now>	new <... under the new one>
 *						lost <size> <end>
 *						who <user>
 *						reason <text>
 *						earlier <verifier key>
 *						checkpoint <fate> <base64>
 *
 * The name of a key is the name of its log.  Both keys sign; a succession may
 * lack the old one's signature, for that key may be lost, too.  [size, end) are
 * the records that were signed for, or acknowledged, under the old name and are
 * not there.  Then come lines, any number of each: the keys before the old one,
 * and the newest checkpoints that are known of the old name, whole notes, with
 * what became of their records.
 */
#define CHANGE_KEY_SOURCE  "firn/key"
#define CHANGE_NAME_SOURCE "firn/succession"
#define CHANGE_TEXT_MAX    400 /* bytes of who, of reason */

enum change_kind { CHANGE_KEY, CHANGE_NAME };

/* What became of the records that a checkpoint was signed over. */
enum change_fate {
	CHANGE_KEPT,  /* they are the first of this log */
	CHANGE_LOST,  /* they were more than there are */
	CHANGE_OTHER, /* there are others in their place */
};

/* The slices lie in the bytes that were read, or with who writes. */
struct change {
	enum change_kind kind;
	uint64_t size; /* so the record's own index */
	struct key old, new;
	bool by_old; /* the old key signed, too */
	/* Of CHANGE_NAME */
	uint64_t lost_end;
	struct slice who, reason;
	struct slice more; /* the lines `earlier` and `checkpoint` */
};

/*
 * Whether it may stand as who or as reason: one line of UTF-8 that says
 * something.
 */
bool change_text_ok(struct slice text);

/*
 * Reads one, and verifies its signatures.  Whether the old key is one that
 * could hand over to another is the caller's to know.
 */
int change_read(struct slice bytes, struct change *change, struct err *err);

/* Adds the note.  `old` may be NULL if the kind is CHANGE_NAME. */
void change_print(struct buf *out, const struct change *change,
    const struct signer *old, const struct signer *new);

/* --- more --- */

void change_add_earlier(struct buf *more, const struct key *key);
void change_add_checkpoint(
    struct buf *more, enum change_fate fate, struct slice note);

/*
 * The next checkpoint in *more, which moves behind it; its base64 becomes
 * *note.  False if there is none left.
 */
bool change_next_checkpoint(
    struct slice *more, enum change_fate *fate, struct slice *note);

#endif
