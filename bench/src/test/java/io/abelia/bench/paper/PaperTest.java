package io.abelia.bench.paper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PaperTest {
    private static final String REFERENCES =
            "\\begin{thebibliography}{9}\\bibitem{one} A work of 2001.\\end{thebibliography}\\end{document}";

    @TempDir
    private Path directory;

    private List<String> problems(final String text) throws IOException {
        return source(text).problems();
    }

    private PaperSource source(final String text) throws IOException {
        final Path file = directory.resolve("paper.tex");
        Files.writeString(file, "\\title{T}\\begin{document}" + text + REFERENCES);
        return PaperSource.read(file);
    }

    private Path results() throws IOException {
        final Path results = Files.createDirectories(directory.resolve("results"));
        Files.writeString(results.resolve("b.json"), """
                {"benchmark":"b","quick":true,"environment":{"cpu":"c","processors":"2","memory":"m","kernel":"k",
                "virtualised":"no","jdk":"j","revision":"r"},"plots":[],
                "rows":[{"id":"x","label":"what & how","unit":"us","value":1234.5,"low":1000,"high":2000}]}
                """);
        return results;
    }

    @Test
    void shouldFindNumbersThatWereTypedByHand() throws IOException {
        assertEquals(1, problems("It is 30 times faster~\\cite{one}.").size());
        assertEquals(List.of(), problems("It takes \\res{b/x} of \\given{64} bytes, $n_1$, \\texttt{v2}~\\cite{one}."));
    }

    @Test
    void shouldFindWorksThatAreCitedAndNotListedAndTheReverse() throws IOException {
        assertEquals(2, problems("As said~\\cite{two}.").size());
    }

    @Test
    void shouldWriteNumbersFromResultsAndMarkAQuickRun() throws IOException {
        source("\\maketitle\\quickmark\n\nIt takes \\resci{b/x}~\\cite{one}.\\restable{Times}{tab:t}{b/x}");
        Paper.build(directory, results(), results(), directory.resolve("out"));
        final String html = Files.readString(directory.resolve("out/paper.html"));
        assertTrue(html.contains("1,234 [1,000, 2,000]") || html.contains("1,235 [1,000, 2,000]"), html);
        assertTrue(html.contains("quick run"), html);
        assertTrue(html.contains("what &amp; how"), html);
        assertTrue(Files.readString(directory.resolve("out/results.tex")).contains("what \\& how"));
    }

    @Test
    void shouldRefuseAResultThatNobodyMeasured() throws IOException {
        source("It takes \\res{b/y}~\\cite{one}.");
        final PaperException refused = assertThrows(
                PaperException.class, () -> Paper.build(directory, results(), results(), directory.resolve("out")));
        assertTrue(String.valueOf(refused.getMessage()).contains("b/y"));
    }

    @Test
    void shouldAcceptThePaperItself() throws IOException {
        Path home = Path.of("").toAbsolutePath();
        while (!Files.exists(home.resolve("paper/paper.tex"))) {
            home = home.getParent();
        }
        assertEquals(
                List.of(), PaperSource.read(home.resolve("paper/paper.tex")).problems());
    }
}
