/** What every backend's tests share: models that run, requests and a contract. */
@NullMarked
package io.nereid.backend;

import org.jspecify.annotations.NullMarked;
