#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "json/json.h"

/*
 * floor - what bare simdjson takes for the same file: every line parsed, and
 * nothing done with it.  Prints MB/s, reading included as for `firn scan`.
 */

#define CHUNK (1u << 20)

int
main(int argc, char **argv)
{
	struct json_parser *parser = json_parser_new();
	FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
	struct buf buf = {0};
	double start = bench_seconds();
	size_t bytes = 0, bad = 0, got;

	if (!file) {
		fputs("usage: floor FILE.ndjson\n", stderr);
		return 2;
	}
	setvbuf(file, NULL, _IONBF, 0);
	while ((got = fread(buf_reserve(&buf, CHUNK + JSON_PADDING), 1, CHUNK,
	            file)) > 0) {
		char *p, *end, *feed;

		buf.len += got;
		bytes += got;
		p = buf.ptr;
		end = p + buf.len;
		while ((feed = memchr(p, '\n', (size_t)(end - p)))) {
			struct json root;

			bad +=
			    json_parse(parser, slice_of(p, (size_t)(feed - p)),
			        &root, NULL) == JSON_BAD;
			p = feed + 1;
		}
		buf.len = (size_t)(end - p);
		memmove(buf.ptr, p, buf.len);
	}
	printf("%.0f\n", (double)bytes / 1e6 / (bench_seconds() - start));
	if (bad)
		fprintf(stderr, "floor: %zu lines are not JSON\n", bad);
	fclose(file);
	buf_release(&buf);
	json_parser_free(parser);
	return bad != 0;
}
