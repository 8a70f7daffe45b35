@NullMarked
package io.nereid.perf.http;

import org.jspecify.annotations.NullMarked;
