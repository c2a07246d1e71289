#ifndef FINDING_OUT_HEC_H
#define FINDING_OUT_HEC_H

#include "finding/output.h"
#include "net/http_client.h"

/*
 * out_hec - what Splunk's HTTP Event Collector answers.
 */
struct json_parser;

/* The answer to events: what it says of them. */
struct hec_answer {
	bool readable; /* {"code": ...} */
	int64_t code;  /* 0: taken */
	bool has_ack;  /* there is an ackId */
	uint64_t ack_id;
};

void hec_answer_read(struct json_parser *parser, const struct buf *body,
    struct hec_answer *answer);

/* The answer to an acknowledgement query: whether this id is indexed. */
bool
hec_acked(struct json_parser *parser, const struct buf *body, uint64_t ack_id);

#endif
