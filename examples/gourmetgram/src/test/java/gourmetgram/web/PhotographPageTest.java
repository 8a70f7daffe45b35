package gourmetgram.web;

import gourmetgram.http.Request;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

import static org.assertj.core.api.Assertions.assertThat;

class PhotographPageTest {
    private static final String[] FILES = {"index.html", "page.js", "page.css"};

    private static String file(String name) throws IOException {
        try (InputStream file = PhotographPage.class.getResourceAsStream("/gourmetgram/web/" + name)) {
            assertThat(file).isNotNull();
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void page_namesNoAddressElsewhere() throws IOException {
        for (String name : FILES) {
            assertThat(file(name)).doesNotContain("http:", "https:", "//cdn");
        }
    }

    @Test
    void page_hasNoScriptAndNoStyleThatItsPolicyForbids() throws IOException {
        assertThat(file("index.html")).doesNotContain("style=", "<style", "onclick", "javascript:")
                .doesNotContainPattern("<script(?![^>]*src=)");
    }

    @Test
    void limitOfThePage_isThatOfItsService() throws IOException {
        assertThat(file("page.js")).contains("const MAX_BYTES = 10 * 1024 * 1024;");
        assertThat(PhotographPage.MAX_PHOTOGRAPH_BYTES).isEqualTo(10 * 1024 * 1024);
    }

    /** In base64, with the JSON around it. */
    @Test
    void largestPhotograph_fitsIntoARequestOfThePredictionService() {
        assertThat((PhotographPage.MAX_PHOTOGRAPH_BYTES + 2) / 3 * 4 + 100).isLessThan(Request.MAX_BODY_BYTES);
    }
}
