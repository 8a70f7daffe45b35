/**
 * The {@code square} backend: a number in, that many responses out. For tests of clients that stream. Executions run on
 * instance threads; responses are sent by virtual threads that outlive them. Imports: the backend SPI; no other
 * backend.
 */
@NullMarked
package io.nereid.backend.square;

import org.jspecify.annotations.NullMarked;
