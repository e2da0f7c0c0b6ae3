import { createTheme, type MantineColorsTuple } from '@mantine/core';

const ai: MantineColorsTuple = [
  '#eef6fa',
  '#d9eaf3',
  '#b3d4e6',
  '#86bad6',
  '#5a9fc5',
  '#3787b3',
  '#1f719f',
  '#165e83',
  '#124c6b',
  '#0c3549',
];
const shu: MantineColorsTuple = [
  '#fff1ec',
  '#ffe0d5',
  '#fbbfa9',
  '#f69b7a',
  '#f07b51',
  '#e8602f',
  '#d64d1d',
  '#b83c10',
  '#942f0c',
  '#6e2208',
];
const sumi: MantineColorsTuple = [
  '#c9d1d9',
  '#b3bcc6',
  '#94a1ad',
  '#6b7785',
  '#3a4653',
  '#2b3540',
  '#212a33',
  '#182028',
  '#12181f',
  '#0c1116',
];

/** Mantine in our colours, for forms and dialogs. Lists and conversations are made by hand. */
export const theme = createTheme({
  primaryColor: 'ai',
  primaryShade: { light: 7, dark: 6 },
  colors: { ai, shu, dark: sumi },
  autoContrast: true,
  luminanceThreshold: 0.36,
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--mono)',
  fontSizes: { xs: '11.5px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  defaultRadius: 'md',
  radius: { xs: '3px', sm: '5px', md: '7px', lg: '11px', xl: '18px' },
  spacing: { xs: '6px', sm: '10px', md: '14px', lg: '20px', xl: '28px' },
  headings: { fontWeight: '650', fontFamily: 'var(--font)' },
  cursorType: 'pointer',
  respectReducedMotion: true,
});
