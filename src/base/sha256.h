#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include "base/err.h"
#include "base/slice.h"

/*
 * sha256 - SHA-256, by OpenSSL.
 *
 * The algorithm is looked up once in a process; running out of memory ends
 * the program.  A struct sha256 is reused for one digest after another
 * without allocation, by one thread at a time.
 */
#define SHA256_LEN 32

/* The digest of one piece. */
void sha256(struct slice s, unsigned char digest[SHA256_LEN]);

/* Of all that a file has. */
int sha256_file(
    const char *path, unsigned char digest[SHA256_LEN], struct err *err);

struct sha256;

struct sha256 *sha256_new(void);
void sha256_free(struct sha256 *sha);

/* Starts a digest; what was added to another before is forgotten. */
void sha256_begin(struct sha256 *sha);
void sha256_add(struct sha256 *sha, const void *bytes, size_t n);
void sha256_end(struct sha256 *sha, unsigned char digest[SHA256_LEN]);

#endif
