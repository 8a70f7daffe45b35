/**
 * One account for everything that clients make the server hold: bytes of native memory, bytes of heap, requests in
 * flight.
 *
 * <p>A {@link io.nereid.server.ledger.Ledger} has the totals, each connection an {@link
 * io.nereid.server.ledger.Account}, each request one beneath it. Accounts are charged before memory is allocated.
 * When a total is short the ledger ends whoever holds most among those whose payload moves too slowly, or refuses the
 * newcomer. Called from event loops, codec and instance threads alike; nothing here blocks, and the package has no
 * thread of its own. Imports: the JDK, {@code io.nereid.inference}, {@code io.nereid.server.config} and SLF4J only.
 */
@NullMarked
package io.nereid.server.ledger;

import org.jspecify.annotations.NullMarked;
