// The colours of antd's parts, light and dark; those of the page, the canvas and its steps are in ../theme.css.
import { theme, type ThemeConfig } from 'antd';

/** Antd's own words on pale grounds are too pale to be read by everybody: these have a contrast of 4.5 and more. */
const TAGS = {
  light: {
    colorInfo: '#0958d9',
    colorSuccess: '#2d6a0e',
    colorWarning: '#8a5a00',
    orange7: '#9a4a00',
    green7: '#2d6a0e',
    red7: '#b3261e',
    blue7: '#0958d9',
  },
  dark: { colorInfo: '#79b8ff', colorError: '#ff9d94', red7: '#ff9d94', blue7: '#79b8ff' },
} as const;

export const themeOf = (isDark: boolean): ThemeConfig => ({
  algorithm: isDark ? theme.darkAlgorithm : theme.defaultAlgorithm,
  components: {
    Tag: isDark ? TAGS.dark : TAGS.light,
    // White on the dark page's orange is too pale.
    ...(isDark ? { Button: { primaryColor: '#171411' } } : {}),
  },
  token: {
    colorPrimary: isDark ? '#f08a4b' : '#b8480f',
    ...(isDark ? {} : { colorPrimaryHover: '#9c3c0b' }),
    ...(isDark ? { colorBgContainer: '#221e1a', colorBgElevated: '#2c2722' } : {}),
    colorError: isDark ? '#ff9d94' : '#b3261e',
    colorLink: isDark ? '#f08a4b' : '#b8480f',
    borderRadius: 8,
    colorTextPlaceholder: isDark ? '#a89e93' : '#6b6259',
    colorTextDescription: isDark ? '#a89e93' : '#6b6259',
  },
});
