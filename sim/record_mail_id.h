#ifndef SIM_RECORD_MAIL_ID_H
#define SIM_RECORD_MAIL_ID_H

#include "record.h"

/*
 * record_mail_id - the ids of a message: the sender's (InternetMessageId), and
 * the store's, as the audit log and as Graph write it.
 */
#define MAIL_MESSAGE_ID 120
#define MAIL_STORE_ID   160

/* Any message's; of Exchange, Azure or Gmail. */
void mail_any_id(struct rng *rng, char out[MAIL_MESSAGE_ID]);

/* That of this one of the folder, from 1. */
void mail_message_id(const struct person *mailbox, enum mail_folder folder,
    uint32_t number, char out[MAIL_MESSAGE_ID]);

/* The store's of the message with that InternetMessageId. */
void mail_store_id(const struct person *mailbox, const char *message,
    bool graph, char out[MAIL_STORE_ID]);

/* Says in the truth that a call of Graph reads that one of the inbox. */
void mail_graph_facts(
    struct gen *gen, const struct person *mailbox, uint32_t number);

#endif
