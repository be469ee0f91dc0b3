// The styles of the components on Home and around every page. What other components need is in `moreStyles.ts`, which comes
// later. A component that is added brings its line to either; the whole of them would weigh twice as much.
import "~/sign-in/styles";
import "@mantine/core/styles/VisuallyHidden.css";
import "@mantine/core/styles/Avatar.css";
import "@mantine/core/styles/Indicator.css";
import "@mantine/core/styles/Progress.css";
import "@mantine/core/styles/SimpleGrid.css";
import "@mantine/core/styles/Skeleton.css";
import "@mantine/core/styles/ThemeIcon.css";
