package io.nereid.perf.report;

import io.nereid.perf.json.JsonObject;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;

class HtmlReportTest {
    private static final MeasuredRun RUN = SampleRun.run(SampleRun.HTML,
            List.of(SampleRun.level(8), SampleRun.failingRate(100, SampleRun.HTML)));

    private static String between(String page, String open, String close) {
        Matcher found = Pattern.compile(Pattern.quote(open) + "(.*?)" + Pattern.quote(close), Pattern.DOTALL)
                .matcher(page);
        assertThat(found.find()).as(open).isTrue();
        return found.group(1);
    }

    private static JsonObject data(String page) throws IOException {
        return JsonObject.parse(between(page, "<script type=\"application/json\" id=\"run\">", "</script>")
                .getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void everythingOfTheRun_isInThePage() throws IOException {
        JsonObject run = data(HtmlReport.of(RUN));
        assertThat(run.text("model")).isEqualTo(SampleRun.HTML);
        assertThat(run.text("started")).isEqualTo("2026-01-02T03:04:05Z");
        assertThat(run.text("kind")).isEqualTo("Concurrency");
        assertThat(run.objects("levels")).hasSize(2);

        JsonObject level = run.objects("levels").getFirst();
        assertThat(level.text("figure")).isEqualTo("8");
        assertThat(level.number("requests")).isEqualTo(1000);
        assertThat(level.number("per_second")).isEqualTo(1000);
        assertThat(level.number("most_ns")).isEqualTo(1_000_000);
        assertThat(level.objects("course").getFirst().number("p99_ns")).isEqualTo(990_000);
        assertThat(level.number("other_ns")).isEqualTo(500_500 - 113_000);
        JsonObject model = level.objects("models").getFirst();
        assertThat(model.number("executions")).isEqualTo(500);
        assertThat(model.number("infer_ns")).isEqualTo(100_000);

        JsonObject failing = run.objects("levels").getLast();
        assertThat(failing.isTrue("stable")).isFalse();
        assertThat(failing.texts("error_texts")).containsExactly(SampleRun.HTML);
        assertThat(failing.objects("models")).isEmpty();
        assertThat(level.objects("failures")).isEmpty();
        assertThat(failing.text("no_statistics")).contains(SampleRun.HTML);
    }

    @Test
    void textsOfAServer_areNoElementsOfThePage() {
        String page = HtmlReport.of(RUN);
        assertThat(page).doesNotContain("<img").doesNotContain("onerror=alert(1)>").doesNotContain("\u2028");
        String calm = HtmlReport.of(SampleRun.run("m", List.of(SampleRun.level(8))));
        assertThat(page.split("</?[a-z]", -1)).hasSameSizeAs(calm.split("</?[a-z]", -1));
    }

    /** Whatever else came into the page, the browser would not run it, and would ask nobody for anything. */
    @Test
    void thePolicy_allowsThePagesOwnScriptAndStyleOnly() throws NoSuchAlgorithmException {
        String page = HtmlReport.of(RUN);
        assertThat(between(page, "http-equiv=\"Content-Security-Policy\" content=\"", "\">"))
                .isEqualTo("default-src 'none'; img-src data:; script-src 'sha256-"
                        + sha256(between(page, "<script type=\"module\">", "</script>")) + "'; style-src 'sha256-"
                        + sha256(between(page, "<style>", "</style>")) + "'");
        String calm = HtmlReport.of(SampleRun.run("m", List.of(SampleRun.level(8))));
        assertThat(calm).doesNotContain("{{").doesNotContain(" src=").doesNotContain("@import").doesNotContain("url(");
    }

    private static String sha256(String text) throws NoSuchAlgorithmException {
        return Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void requestsThatFailed_areCountedByWhatCameBack() throws IOException {
        JsonObject level = data(HtmlReport.of(SampleRun.run("m", List.of(SampleRun.refused(2))))).objects("levels")
                .getFirst();
        assertThat(level.objects("failures")).extracting(kind -> kind.text("kind") + ": " + kind.number("count"))
                .containsExactly("HTTP 400: 1", "HTTP 503: 1200", "no answer in time: 3");
    }

    @Test
    void aLevelWithoutAnswers_hasNoCurve() throws IOException {
        JsonObject level = data(HtmlReport.of(SampleRun.run("m", List.of(SampleRun.failing(1))))).objects("levels")
                .getFirst();
        assertThat(level.number("errors")).isEqualTo(5);
        assertThat(level.number("most_ns")).isZero();
        assertThat(level.objects("course").getFirst().number("requests")).isZero();
    }

    @Test
    void aRunWithoutLevels_isAPage() throws IOException {
        assertThat(data(HtmlReport.of(SampleRun.run("m", List.of()))).objects("levels")).isEmpty();
    }
}
