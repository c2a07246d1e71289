#ifndef SIM_TEXT_H
#define SIM_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "rng.h"

/*
 * text - ids and addresses as the suite writes them.
 *
 * Every function fills `out` with text and a NUL.
 */

#define GUID_TEXT_MAX 37

/* A version 4 id, lower case. */
void text_guid(char out[GUID_TEXT_MAX], struct rng *rng);

/* The version 4 id that belongs to these two numbers for good. */
void text_guid_of(char out[GUID_TEXT_MAX], uint64_t a, uint64_t b);

/* n characters of the alphabet of base64, or of base64url. */
void text_base64(char *out, size_t n, struct rng *rng);
void text_base64url(char *out, size_t n, struct rng *rng);

/* n digits of hexadecimal. */
void text_hex(char *out, size_t n, uint64_t value);

/* Dotted decimal. */
void text_ipv4(char out[16], uint32_t address);

/* 2026-10-05T08:11:12 */
void text_time(char out[20], int64_t time_us);

#endif
