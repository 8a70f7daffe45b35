@NullMarked
package io.nereid.perf.json;

import org.jspecify.annotations.NullMarked;
