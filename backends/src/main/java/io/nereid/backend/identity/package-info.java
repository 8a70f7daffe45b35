/**
 * The {@code identity} backend: outputs are copies of the inputs, after a delay where one is asked for. For tests,
 * benchmarks, and clients that try a connection. Its instances run on instance threads, the delay included. Imports:
 * the backend SPI; no other backend.
 */
@NullMarked
package io.nereid.backend.identity;

import org.jspecify.annotations.NullMarked;
