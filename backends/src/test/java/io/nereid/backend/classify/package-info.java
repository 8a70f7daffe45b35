@NullMarked
package io.nereid.backend.classify;

import org.jspecify.annotations.NullMarked;
