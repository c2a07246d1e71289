#include "base/sha256.h"

#include <assert.h>
#include <openssl/evp.h>

void
sha256(struct slice s, unsigned char digest[SHA256_LEN])
{
	unsigned len = 0;
	int ok = EVP_Digest(s.ptr, s.len, digest, &len, EVP_sha256(), NULL);

	assert(ok == 1 && len == SHA256_LEN);
}
