#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include "base/slice.h"

/* sha256 - SHA-256, by OpenSSL. */
#define SHA256_LEN 32

void sha256(struct slice s, unsigned char digest[SHA256_LEN]);

#endif
