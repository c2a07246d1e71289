#ifndef CMD_WHO_H
#define CMD_WHO_H

#include "base/buf.h"

/*
 * who - who runs the command, and when, as records of firn's own say it: adds
 * the members "user" ({"uid", "name"}), "login" (who has logged in, whoever he
 * has become since; absent if nobody knows) and "at".
 */
void who_add(struct buf *out);

#endif
