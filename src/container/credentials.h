#pragma once

#include "spec/credentials.h"

namespace sdcont {

/// The values of a spec's credentials: those that were given, and the others read from where the spec says,
/// as systemd.exec(5) has LoadCredential=: a file, what a socket sends, each file below a directory (as
/// ID_NAME), or, for a name, the file of that name in the first of $CREDENTIALS_DIRECTORY, /etc/credstore,
/// /run/credstore, /usr/local/lib/credstore and /usr/lib/credstore that has one. Throws Error where one
/// cannot be read, and where all are larger than kMostCredentialBytes.
CredentialValues gather_credentials(const ContainerSpec& spec, const CredentialValues& given);

}  // namespace sdcont
