#ifndef SIM_SERVE_JWT_H
#define SIM_SERVE_JWT_H

#include <openssl/evp.h>

#include "base/buf.h"

/*
 * serve_jwt - JSON web tokens that are signed with RS256, as compact texts.
 *
 * Nothing else is understood: no other algorithm, no encryption.
 */

/* Longer ones are refused. */
#define JWT_MAX 16384

/* Adds the text of header and payload, both JSON, with a signature. */
void jwt_write(
    struct buf *out, EVP_PKEY *key, struct slice header, struct slice payload);

/* The parts of a token, the JSON decoded. */
struct jwt {
	struct buf header, payload, signature;
	struct slice signed_text; /* within the token */
};

/* False if it is not three parts of base64url.  Release it in any case. */
bool jwt_read(struct slice token, struct jwt *out);
bool jwt_verify(const struct jwt *jwt, EVP_PKEY *key);
void jwt_release(struct jwt *jwt);

/* The members of such a part; good until the next one is read. */
struct jwt_json;

struct jwt_json *jwt_json_new(void);
void jwt_json_free(struct jwt_json *json);

/* False if the text is no JSON object; then it has no members. */
bool jwt_json_read(struct jwt_json *json, const struct buf *text);

/* Empty if there is no such string. */
struct slice jwt_str(const struct jwt_json *json, const char *name);
bool jwt_i64(const struct jwt_json *json, const char *name, int64_t *out);

/* base64url without padding. */
void base64url_add(struct buf *out, const void *bytes, size_t n);
bool base64url_read(struct buf *out, struct slice text);

#endif
