import { addDays, compareAsc, format } from 'date-fns';

console.log(format(new Date(2014, 1, 11), 'yyyy-MM-dd EEEE'));

const dates = [new Date(1995, 6, 2), new Date(1987, 1, 11), addDays(new Date(1989, 6, 9), 1)];

console.log(dates.sort(compareAsc).map((date) => format(date, 'dd MMM yyyy')).join());
