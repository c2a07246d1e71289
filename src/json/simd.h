#ifndef JSON_SIMD_H
#define JSON_SIMD_H

#include <stddef.h>
#include <stdint.h>

/*
 * simd - simdjson behind C: the only C++ in the tree.  Internal to json/.
 */
#ifdef __cplusplus
extern "C" {
#endif

struct simd;

struct simd *simd_new(void);
void simd_free(struct simd *simd);

/*
 * Parses; text is followed by JSON_PADDING readable bytes.  0 on success, else
 * -1 and *why is a static text.  *tape and *strings are good until the next
 * call.
 */
int simd_parse(struct simd *simd, const char *text, size_t len,
    const uint64_t **tape, const char **strings, const char **why);

#ifdef __cplusplus
}
#endif

#endif
