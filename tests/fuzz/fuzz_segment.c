#include <stdint.h>
#include <stdlib.h>

#include "ledger/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The hash that ends it is made here: no fuzzer finds one. */
static void
seal(struct buf *text)
{
	unsigned char hash[SHA256_LEN];

	sha256(buf_slice(text), hash);
	buf_str(text, "sha256 ");
	for (size_t i = 0; i < sizeof(hash); i++)
		buf_printf(text, "%02x", hash[i]);
	buf_char(text, '\n');
}

/* What is read prints as it was, and names segments without gaps. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf text = {0}, out = {0};
	struct manifest manifest;
	uint64_t next = 0;

	buf_add(&text, data, size);
	seal(&text);
	if (!manifest_parse(buf_slice(&text), &manifest, NULL)) {
		for (size_t i = 0; i < manifest.count; i++) {
			if (manifest.list[i].first != next)
				abort();
			next = manifest.list[i].end;
		}
		manifest_print(&out, &manifest);
		if (!slice_eq(buf_slice(&out), buf_slice(&text)))
			abort();
		manifest_release(&manifest);
	}
	buf_release(&text);
	buf_release(&out);
	return 0;
}
