#include "json/simd.h"

#include <new>
#include <simdjson.h>

struct simd {
	simdjson::dom::parser parser;
};

struct simd *
simd_new(void)
{
	return new (std::nothrow) simd;
}

void
simd_free(struct simd *simd)
{
	delete simd;
}

int
simd_parse(struct simd *simd, const char *text, size_t len,
    const uint64_t **tape, const char **strings, const char **why)
{
	simdjson::error_code error =
	    simd->parser.parse(text, len, false).error();

	if (error) {
		*why = simdjson::error_message(error);
		return -1;
	}
	*tape = simd->parser.doc.tape.get();
	*strings =
	    reinterpret_cast<const char *>(simd->parser.doc.string_buf.get());
	return 0;
}
