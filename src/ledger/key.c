#include "ledger/key.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/sha256.h"
#include "base/utf8.h"

/* Unicode's White_Space that is no control character below U+0020. */
static bool
is_blank(uint32_t code)
{
	switch (code) {
	case 0x20:
	case 0x85:
	case 0xa0:
	case 0x1680:
	case 0x2028:
	case 0x2029:
	case 0x202f:
	case 0x205f:
	case 0x3000:
		return true;
	default:
		return code >= 0x2000 && code <= 0x200a;
	}
}

bool
key_name_ok(struct slice name)
{
	const unsigned char *p = (const unsigned char *)name.ptr;
	size_t len;

	for (size_t i = 0; i < name.len; i += len) {
		uint32_t code;

		len = utf8_len(p + i, name.len - i);
		if (!len)
			return false;
		code = utf8_get(p + i, len);
		if (code < 0x20 || code == '+' || is_blank(code))
			return false;
	}
	return name.len != 0;
}

static void
set_id(struct key *key)
{
	unsigned char digest[SHA256_LEN];
	struct buf text = {0};

	buf_str(&text, key->name);
	buf_char(&text, '\n');
	buf_char(&text, (char)key->type);
	buf_add(&text, key->public, sizeof(key->public));
	sha256(buf_slice(&text), digest);
	key->id = (uint32_t)digest[0] << 24 | (uint32_t)digest[1] << 16 |
	          (uint32_t)digest[2] << 8 | digest[3];
	buf_release(&text);
}

/* Eight digits, lower case as everybody writes them. */
static bool
read_id(struct slice text, uint32_t *id)
{
	*id = 0;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c >= '0' && c <= '9')
			*id = *id << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			*id = *id << 4 | (uint32_t)(c - 'a' + 10);
		else
			return false;
	}
	return text.len == 8;
}

/* name+id+, which both kinds of key begin with; the rest stays in *text. */
static int
read_head(struct slice *text, struct key *key, struct err *err)
{
	struct slice name = slice_cut(text, '+');
	struct slice id = slice_cut(text, '+');

	*key = (struct key){0};
	if (!key_name_ok(name))
		return err_set(err, ERR_INPUT,
		    "key: not of the form name+id+base64: no name");
	if (name.len > KEY_NAME_MAX)
		return err_set(err, ERR_LIMIT,
		    "key: a name of %zu bytes, more than %d", name.len,
		    KEY_NAME_MAX);
	if (!read_id(id, &key->id))
		return err_set(err, ERR_INPUT,
		    "key '" SLICE_FMT "': its id is not eight digits of "
		    "0-9a-f",
		    SLICE_ARG(name));
	memcpy(key->name, name.ptr, name.len);
	return 0;
}

/* The type of an encoding that is all that can be known of it. */
static int
read_type(struct slice text, struct key *key, struct err *err)
{
	unsigned char first[3];
	struct slice four = slice_of(text.ptr, 4);
	size_t len;

	if (!base64_len(text, &len) || !len)
		return err_set(err, ERR_INPUT,
		    "key '%s': what stands behind the id is not base64",
		    key->name);
	base64_len(four, &len);
	base64_read(four, first, len);
	key->type = first[0];
	/* Of a secret key the others are of the seed. */
	OPENSSL_cleanse(first, sizeof(first));
	return 0;
}

int
key_parse(struct slice text, struct key *key, struct err *err)
{
	unsigned char bytes[1 + KEY_PUBLIC_LEN];
	uint32_t id;

	if (read_head(&text, key, err) || read_type(text, key, err))
		return -1;
	if (!key_known(key))
		return 0;
	if (!base64_read(text, bytes, sizeof(bytes)))
		return err_set(err, ERR_INPUT,
		    "key '%s': a key of type %u has %d bytes", key->name,
		    key->type, KEY_PUBLIC_LEN);
	memcpy(key->public, bytes + 1, KEY_PUBLIC_LEN);
	id = key->id;
	set_id(key);
	if (id != key->id)
		return err_set(err, ERR_INPUT,
		    "key '%s': its id is %08x, not %08x: changed or cut",
		    key->name, key->id, id);
	return 0;
}

void
key_print(struct buf *out, const struct key *key)
{
	unsigned char bytes[1 + KEY_PUBLIC_LEN];

	assert(key_known(key));
	bytes[0] = (unsigned char)key->type;
	memcpy(bytes + 1, key->public, KEY_PUBLIC_LEN);
	buf_printf(out, "%s+%08x+", key->name, key->id);
	base64_add(out, bytes, sizeof(bytes));
}

bool
key_verify(const struct key *key, struct slice bytes,
    const unsigned char sig[KEY_SIG_LEN])
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(
	    EVP_PKEY_ED25519, NULL, key->public, KEY_PUBLIC_LEN);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok;

	assert(pkey && ctx);
	ok = EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
	     EVP_DigestVerify(ctx, sig, KEY_SIG_LEN,
	         (const unsigned char *)bytes.ptr, bytes.len) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return ok;
}

/* --- secret keys --- */

#define SECRET_PREFIX "PRIVATE+KEY+"

struct signer {
	struct key key;
	EVP_PKEY *secret; /* OpenSSL overwrites it when it frees it */
};

struct signer *
signer_new(struct slice name, enum key_type type,
    const unsigned char seed[KEY_SEED_LEN])
{
	struct signer *signer = xcalloc(1, sizeof(*signer));
	size_t len = KEY_PUBLIC_LEN;
	int ok;

	assert(key_name_ok(name) && name.len <= KEY_NAME_MAX);
	memcpy(signer->key.name, name.ptr, name.len);
	signer->key.type = type;
	signer->secret = EVP_PKEY_new_raw_private_key(
	    EVP_PKEY_ED25519, NULL, seed, KEY_SEED_LEN);
	assert(signer->secret);
	ok = EVP_PKEY_get_raw_public_key(
	    signer->secret, signer->key.public, &len);
	assert(ok == 1 && len == KEY_PUBLIC_LEN);
	set_id(&signer->key);
	return signer;
}

struct signer *
signer_parse(struct slice text, struct err *err)
{
	struct slice prefix = SLICE(SECRET_PREFIX);
	unsigned char bytes[1 + KEY_SEED_LEN];
	struct signer *signer = NULL;
	struct key key;

	if (text.len < prefix.len ||
	    memcmp(text.ptr, prefix.ptr, prefix.len) != 0) {
		err_set(err, ERR_INPUT,
		    "no secret key: it does not begin with " SECRET_PREFIX);
		return NULL;
	}
	text = slice_skip(text, prefix.len);
	if (read_head(&text, &key, err) || read_type(text, &key, err))
		return NULL;
	if (!key_known(&key)) {
		err_set(err, ERR_INPUT, "key '%s': type %u is neither 1 nor 4",
		    key.name, key.type);
		return NULL;
	}
	if (base64_read(text, bytes, sizeof(bytes)))
		signer = signer_new(
		    slice_cstr(key.name), (enum key_type)key.type, bytes + 1);
	OPENSSL_cleanse(bytes, sizeof(bytes));
	if (!signer)
		err_set(err, ERR_INPUT,
		    "key '%s': its seed does not have 32 bytes", key.name);
	else if (signer->key.id != key.id) {
		err_set(err, ERR_INPUT,
		    "key '%s': the seed is not the one its id was made of",
		    key.name);
		signer_free(signer);
		signer = NULL;
	}
	return signer;
}

const struct key *
signer_key(const struct signer *signer)
{
	return &signer->key;
}

void
signer_sign(const struct signer *signer, struct slice bytes,
    unsigned char sig[KEY_SIG_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = KEY_SIG_LEN;
	int ok;

	assert(ctx);
	ok = EVP_DigestSignInit(ctx, NULL, NULL, NULL, signer->secret) == 1 &&
	     EVP_DigestSign(ctx, sig, &len, (const unsigned char *)bytes.ptr,
	         bytes.len) == 1;
	assert(ok && len == KEY_SIG_LEN);
	EVP_MD_CTX_free(ctx);
}

void
signer_free(struct signer *signer)
{
	if (!signer)
		return;
	EVP_PKEY_free(signer->secret);
	free(signer);
}
