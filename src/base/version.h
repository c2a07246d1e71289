#ifndef BASE_VERSION_H
#define BASE_VERSION_H

/* As CHANGELOG.md has it; written into what firn produces. */
#define FIRN_VERSION "0.1.0"

#endif
