@NullMarked
package io.nereid.perf.client;

import org.jspecify.annotations.NullMarked;
