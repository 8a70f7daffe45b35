/**
 * The {@code repeat} backend: as many responses to a request as it has elements, each after a delay. For tests of
 * clients that stream. Executions run on instance threads; responses are sent by virtual threads that outlive them.
 * Imports: the backend SPI; no other backend.
 */
@NullMarked
package io.nereid.backend.repeat;

import org.jspecify.annotations.NullMarked;
