#ifndef LEDGER_KEY_H
#define LEDGER_KEY_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * key - who signs: C2SP signed-note verifier keys, and the secret ones.
 *
 *	verifier key	name+<id: 8 hex digits>+base64(type || public key)
 *	secret key	PRIVATE+KEY+name+<id>+base64(type || 32-byte seed)
 *	id		SHA-256(name || "\n" || type || public key), the first
 *			four bytes, big-endian
 *
 * A signer is immutable: threads may share it.
 */
#define KEY_NAME_MAX   255
#define KEY_PUBLIC_LEN 32
#define KEY_SEED_LEN   32
#define KEY_SIG_LEN    64 /* Ed25519 */

enum key_type {
	KEY_ED25519 = 0x01,  /* signs a note's text */
	KEY_COSIGNER = 0x04, /* signs a checkpoint and when it was seen */
};

/* A verifier key: plain bytes, to be copied at will. */
struct key {
	char name[KEY_NAME_MAX + 1]; /* NUL-terminated */
	uint32_t id;
	unsigned type; /* the byte; maybe none of enum key_type */
	unsigned char public[KEY_PUBLIC_LEN]; /* zero if type is unknown */
};

static inline bool
key_known(const struct key *key)
{
	return key->type == KEY_ED25519 || key->type == KEY_COSIGNER;
}

/* Whether they are one: name and bytes, which an id stands for. */
static inline bool
key_same(const struct key *a, const struct key *b)
{
	return a->id == b->id && a->type == b->type &&
	       !strcmp(a->name, b->name) &&
	       !memcmp(a->public, b->public, KEY_PUBLIC_LEN);
}

/* Not empty, UTF-8, without blanks of Unicode, control characters and '+'. */
bool key_name_ok(struct slice name);

/*
 * Reads a verifier key, without line feed.  One of an unknown type is read
 * too: signatures of it are ignored, as those of any unknown key.
 */
int key_parse(struct slice text, struct key *key, struct err *err);

/* Adds the text of a key of a known type, without line feed. */
void key_print(struct buf *out, const struct key *key);

/* Whether sig is the key's over the bytes; the type plays no part. */
bool key_verify(const struct key *key, struct slice bytes,
    const unsigned char sig[KEY_SIG_LEN]);

/* --- secret keys --- */

struct signer;

/* From a name that key_name_ok() allows, and a seed. */
struct signer *signer_new(struct slice name, enum key_type type,
    const unsigned char seed[KEY_SEED_LEN]);

/* From the text of a secret key, without line feed.  NULL if it is none. */
struct signer *signer_parse(struct slice text, struct err *err);

/*
 * Reads a file that holds a secret key on one line.  It must be an ordinary
 * file, ours, which no one else may read or write.
 */
struct signer *signer_open(const char *path, struct err *err);

/*
 * Makes a key and writes it to a new file, which only we may read; there must
 * be none of that name.  Back with 0, file and name are on disk; otherwise
 * there is no file.
 */
int signer_create(const char *path, struct slice name, enum key_type type,
    struct key *key, struct err *err);

/* The verifier key; good as long as the signer. */
const struct key *signer_key(const struct signer *signer);

void signer_sign(const struct signer *signer, struct slice bytes,
    unsigned char sig[KEY_SIG_LEN]);

/* The secret is overwritten. */
void signer_free(struct signer *signer);

#endif
