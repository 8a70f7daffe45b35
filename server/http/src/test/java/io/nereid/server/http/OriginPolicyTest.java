package io.nereid.server.http;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class OriginPolicyTest {
    private static final OriginPolicy OWN = OriginPolicy.OWN_PAGES;

    @Test
    void allows_origins_thoseThatAreNamed() {
        OriginPolicy policy = OWN.withOrigins("https://a.example,http://B.example:8000");
        assertThat(policy.allows(Origin.parse("https://a.example"))).isTrue();
        assertThat(policy.allows(Origin.parse("http://b.example:8000"))).isTrue();
        assertThat(policy.allows(Origin.parse("http://a.example"))).isFalse();
        assertThat(policy.allows(Origin.parse("http://b.example"))).isFalse();
        assertThat(policy.allows(null)).isFalse();
    }

    @Test
    void allows_noOrigins_isNone() {
        assertThat(OWN.allows(Origin.parse("http://localhost"))).isFalse();
        assertThat(OWN.withOrigins("")).isEqualTo(OWN);
    }

    @Test
    void allows_star_isEveryPage() {
        assertThat(OWN.withOrigins("*").allows(Origin.parse("http://a.example"))).isTrue();
        assertThat(OWN.withOrigins("*").allows(null)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.example", "a.example:8000", "A.EXAMPLE", "localhost:8000", "127.0.0.1:8000", "127.0.0.1",
            "[::1]:8000"})
    void isAskedBy_addressesAndNamesOfTheList_pass(String host) {
        assertThat(OWN.withHosts("a.example,B.example").isAskedBy(host)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"c.example", "a.example.c.example", "c.a.example", "127.0.0.1.c.example", "",
            "a.example:x"})
    void isAskedBy_otherNames_doNot(String host) {
        assertThat(OWN.withHosts("a.example,B.example").isAskedBy(host)).isFalse();
        assertThat(OWN.isAskedBy(host)).as("without a list").isTrue();
    }

    @Test
    void isAskedBy_noHost_passes() {
        assertThat(OWN.withHosts("a.example").isAskedBy(null)).isTrue();
    }

    @Test
    void with_malformedLists_sayWhatWasExpected() {
        assertThatIllegalArgumentException().isThrownBy(() -> OWN.withOrigins("http://a.example,b.example"))
                .withMessageStartingWith("origins: got 'b.example' (expected origins such as https://example.com:8443");
        assertThatIllegalArgumentException().isThrownBy(() -> OWN.withHosts("a.example:8000"))
                .withMessageStartingWith("hosts: got 'a.example:8000' (expected host names without ports");
    }
}
