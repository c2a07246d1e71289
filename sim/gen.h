#ifndef SIM_GEN_H
#define SIM_GEN_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "people.h"
#include "rng.h"
#include "shapes.h"
#include "sink.h"
#include "story.h"
#include "template.h"

/*
 * gen - makes one record at a time: values are set, a shape is chosen, the
 * record goes to the sink.
 *
 * gen_at() says when the next records happen; gen_begin() starts one, the
 * record_*.c modules set its values, gen_emit() makes it.  A value stays set
 * until the next gen_begin(), so that one event can be told to two streams.
 */
#define GEN_SILENCES_MAX 64

/* The log tells nothing of what is read in that mailbox. */
struct gen_silence {
	char mailbox[96]; /* its owner's name */
	int64_t from_us, until_us;
};

struct gen {
	const struct org *org; /* whose records are made now */
	struct sink *sink;
	struct truth truth;          /* attack NULL while people just work */
	struct story *story;         /* of that attack, or NULL */
	const struct story *stories; /* of all that were played */
	size_t n_stories;
	int64_t now_us;
	struct rng rng;

	/* the record being made */
	struct slice v[F_COUNT_OF];
	struct arena text; /* its values */
	struct buf out;
	struct buf facts, closed; /* what the truth says of it */
	bool told;

	struct arena memory; /* the compiled shapes */
	struct tmpl shapes[SHAPE_COUNT];
	struct directory *directory;
	struct gen_silence silences[GEN_SILENCES_MAX];
	size_t n_silences;
};

void gen_init(struct gen *gen, const struct org *org, struct sink *sink);
void gen_release(struct gen *gen);

/* What follows happens then, and is drawn from that seed. */
void gen_at(struct gen *gen, int64_t time_us, uint64_t seed);

/* Forgets all values; sets the time, a new id and the tenant's. */
void gen_begin(struct gen *gen);

/* The text must live until the record is made. */
void gen_set(struct gen *gen, enum field field, const char *text);

/* These keep a copy. */
void gen_setf(struct gen *gen, enum field field, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void gen_set_copy(struct gen *gen, enum field field, struct slice text);
void gen_set_guid(struct gen *gen, enum field field);
/* The id that belongs to `what` for good. */
void gen_set_guid_of(struct gen *gen, enum field field, struct slice what);

/* Sets who acts, from where, with what: about twenty fields. */
void gen_who(struct gen *gen, const struct who *who);

/*
 * What the record being made does, for the truth: nothing is kept of people
 * who just work.  `also` is another id of the same thing, or empty.
 */
void gen_fact(struct gen *gen, const char *key, struct slice value);
void gen_way(
    struct gen *gen, const char *kind, struct slice object, struct slice also);
void gen_close(struct gen *gen, const char *kind, struct slice object);

/* What was begun happens, and no log tells it. */
void gen_unseen(struct gen *gen, const char *operation, const char *why);

/* The log of a mailbox falls silent; whether it is now. */
void gen_silence(struct gen *gen, const char *mailbox, int64_t until_us);
bool gen_is_silent(const struct gen *gen, const char *mailbox);

/* Whether an intruder has what a new password would take now. */
bool gen_is_taken(const struct gen *gen, const struct person *person);

/* False if nobody wants records of that stream. */
bool gen_wanted(const struct gen *gen, enum stream stream);

/* Makes the record and puts it into the sink. */
void gen_emit(struct gen *gen, enum shape shape);

/* The same for a shape that is not in shapes.h; type 0 is not audit log. */
struct gen_shape {
	const struct tmpl *tmpl;
	enum stream stream;
	const char *operation;
	int type;
};

void gen_emit_as(struct gen *gen, const struct gen_shape *shape);

/* A random text of the mailbox's own ids, good until the next gen_begin(). */
const char *gen_base64(struct gen *gen, size_t n);

#endif
