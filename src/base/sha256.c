#include "base/sha256.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"

/*
 * EVP_sha256() would look the algorithm up again for each digest, which takes
 * longer than the digest of 65 bytes.
 */
static EVP_MD *algorithm;
static pthread_once_t once = PTHREAD_ONCE_INIT;

struct sha256 {
	EVP_MD_CTX *ctx;
};

static void
look_up(void)
{
	algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
	assert(algorithm);
}

void
sha256(struct slice s, unsigned char digest[SHA256_LEN])
{
	unsigned len = 0;
	int ok;

	pthread_once(&once, look_up);
	ok = EVP_Digest(s.ptr, s.len, digest, &len, algorithm, NULL);
	assert(ok == 1 && len == SHA256_LEN);
}

struct sha256 *
sha256_new(void)
{
	struct sha256 *sha = xmalloc(sizeof(*sha));
	int ok;

	pthread_once(&once, look_up);
	sha->ctx = EVP_MD_CTX_new();
	assert(sha->ctx);
	ok = EVP_DigestInit_ex2(sha->ctx, algorithm, NULL);
	assert(ok == 1);
	return sha;
}

void
sha256_free(struct sha256 *sha)
{
	if (!sha)
		return;
	EVP_MD_CTX_free(sha->ctx);
	free(sha);
}

void
sha256_begin(struct sha256 *sha)
{
	int ok = EVP_DigestInit_ex2(sha->ctx, NULL, NULL);

	assert(ok == 1);
}

void
sha256_add(struct sha256 *sha, const void *bytes, size_t n)
{
	int ok = EVP_DigestUpdate(sha->ctx, bytes, n);

	assert(ok == 1);
}

void
sha256_end(struct sha256 *sha, unsigned char digest[SHA256_LEN])
{
	unsigned len = 0;
	int ok = EVP_DigestFinal_ex(sha->ctx, digest, &len);

	assert(ok == 1 && len == SHA256_LEN);
}

#define READ_BYTES ((size_t)1 << 18)

int
sha256_file(const char *path, unsigned char digest[SHA256_LEN], struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct sha256 *sha = sha256_new();
	char *room = xmalloc(READ_BYTES);
	ssize_t got = -1;

	sha256_begin(sha);
	while (fd >= 0 && (got = read(fd, room, READ_BYTES)) != 0) {
		if (got > 0)
			sha256_add(sha, room, (size_t)got);
		else if (errno != EINTR)
			break;
	}
	if (got < 0)
		err_sys(err, "cannot read '%s'", path);
	sha256_end(sha, digest);
	sha256_free(sha);
	free(room);
	if (fd >= 0)
		close(fd);
	return got < 0 ? -1 : 0;
}
