package io.abelia.bench.paper;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** Builds the paper: {@code SOURCE RESULTS OUT}. Writes OUT/paper.tex, what it includes, and OUT/paper.html. */
public final class Paper {
    private static final String STYLE = """
            <!doctype html><html lang="en"><head><meta charset="utf-8"><title>Abelia</title><style>
            body { max-width: 44em; margin: 2em auto; padding: 0 1em; font: 16px/1.5 Georgia, serif; color: #111; }
            h1, h2, h3 { font-family: Helvetica, Arial, sans-serif; line-height: 1.2; }
            code, pre { font-size: 0.9em; } pre { background: #f4f4f4; padding: 0.8em; overflow-x: auto; }
            table { border-collapse: collapse; font-size: 0.9em; margin: 1em 0; } caption { text-align: left; font-weight: bold; }
            td { border-bottom: 1px solid #ddd; padding: 0.2em 0.6em; } td.number { text-align: right; white-space: nowrap; }
            figure { margin: 1em 0; } figure svg { max-width: 100%; height: auto; } figcaption { font-size: 0.9em; }
            .abstract { background: #f4f4f4; padding: 0.2em 1em; } .equation { text-align: center; }
            </style></head><body>
            """;

    private Paper() {}

    /** Builds the paper; exit code 1 and a line for each problem, if there are any. */
    public static void main(final String[] args) throws IOException {
        try {
            build(Path.of(args[0]), Path.of(args[1]), Path.of(args[2]), Path.of(args[3]));
        } catch (final PaperException e) {
            System.err.println("abelia paper: " + e.getMessage());
            System.exit(1);
        }
    }

    static void build(final Path source, final Path resultFiles, final Path cities, final Path out) throws IOException {
        final PaperSource paper = PaperSource.read(source.resolve("paper.tex"));
        final List<String> problems = paper.problems();
        if (!problems.isEmpty()) {
            throw new PaperException(problems.size() + " problems:\n  " + String.join("\n  ", problems));
        }
        final ResultSet results = ResultSet.read(resultFiles).add(cities);
        Files.createDirectories(out);
        Files.writeString(out.resolve("paper.tex"), paper.body());
        Files.writeString(out.resolve("results.tex"), TexResults.of(paper, results));
        try (DirectoryStream<Path> plots = Files.newDirectoryStream(resultFiles, "*.pdf")) {
            for (final Path plot : plots) {
                Files.copy(plot, out.resolve(plot.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        final String title = title(paper.body());
        Files.writeString(
                out.resolve("paper.html"),
                STYLE + "<h1>" + title + "</h1>\n" + new HtmlWriter(results, resultFiles).convert(paper)
                        + "</body></html>\n");
        System.out.println("paper: " + out.resolve("paper.html") + (results.isQuick() ? " (of a quick run)" : ""));
    }

    private static String title(final String body) {
        final int start = body.indexOf("\\title{") + "\\title{".length();
        return body.substring(start, body.indexOf('}', start));
    }
}
