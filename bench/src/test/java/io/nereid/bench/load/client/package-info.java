/** Tests of the clients' arithmetic and of what they read; the only server is a socket of the test's own. */
@NullMarked
package io.nereid.bench.load.client;

import org.jspecify.annotations.NullMarked;
