@NullMarked
package io.nereid.perf.request;

import org.jspecify.annotations.NullMarked;
